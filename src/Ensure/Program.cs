using CodeRepoOperator.Ensure;
using CodeRepoOperator.Programs;

// In an image this is /app/coderepo-operator as well: pods wait for `ensure` to start, and so .NET is started for everything else only.
return args is ["ensure", .. var arguments] ? await EnsureCommand.RunAsync(arguments) : SiblingProgram.ManagedOperator.Become(args);
