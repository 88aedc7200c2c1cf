# Everything that people and CI do here. What a target needs it installs or builds itself, on Debian and as root.
.DEFAULT_GOAL := help
.PHONY: help build unit test test-slow soak fuzz real interop demo image image-test e2e docs-test generate format lint bench clean

# No compiler or build server is left running when a target ends.
export MSBUILDDISABLENODEREUSE := 1
export UseSharedCompilation := false
export DOTNET_CLI_USE_MSBUILD_SERVER := 0
export DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1

help: ## List all targets.
	@sed -n 's/^\([a-z0-9-]*\): .*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r target text; do printf '  make %-10s %s\n' "$$target" "$$text"; done

build: ## Build everything; a warning is an error.
	@command -v gcc >/dev/null || bash hack/apt.sh gcc libc6-dev zlib1g-dev
	dotnet build Operator.sln

unit: ## Run the fast tests, which need no servers: some seconds.
	@bash hack/test.sh unit

test: ## Run all tests but those with a target of their own, on a real API server, git, sshd, PostgreSQL and Prometheus: 15 to 25 minutes with the build; the first time 13 more, to build Kubernetes.
	@bash hack/test.sh

test-slow: ## Run the tests that take longest, which CI runs too: whole operators, kills at each step, races, outages.
	@bash hack/test.sh slow

soak: ## Run the tests that take minutes: what only shows after long, with thousands of CodeRepos, or under load.
	@bash hack/test.sh soak

fuzz: ## Compare random cases with git, for minutes; FUZZ_SEED=7 starts with that seed, FUZZ_ROUNDS=1 runs only one.
	@bash hack/test.sh fuzz

real: ## Compare clones of real repositories with those of git, byte by byte, also after updates: REPOSITORIES="URL-OR-PATH …".
	@REAL_REPOSITORIES="$(REPOSITORIES)" bash hack/test.sh real

interop: ## Clone from two dozen git servers and hosts, real and imitated, beside git, and print the table; installs them.
	@bash hack/interop.sh

demo: ## Watch a clone appear, follow its remote and heal, and a stuck row come free, on real parts: a minute. CLUSTER=kubeconfig: on your cluster.
	@bash hack/demo.sh $(CLUSTER)

generate: ## Make the generated files: parts of the chart and of config.
	@bash hack/generate.sh

image: ## Make the image as an OCI archive, without a registry and a daemon: artifacts/*.tar; ARCH=arm64 for the other platform.
	@bash hack/image.sh $(ARCH)

image-test: image ## Make the image and run it as a container would, with a read-only root and as nobody, on a real API server.
	@bash hack/image-test.sh

e2e: $(if $(E2E_IMAGE),,image) ## Test the chart and the image on a whole cluster: on that of KUBECONFIG, or on one that is started for it.
	@bash hack/e2e.sh

docs-test: image ## Run the commands of README.md and docs/ as their readers would, on a whole cluster that is started for it.
	@bash hack/docs-test.sh

format: ## Format the code.
	dotnet tool restore >/dev/null
	dotnet csharpier format .
	dotnet format Operator.sln

lint: ## Check the format of the code and the generated files, as CI does.
	@bash hack/lint.sh

bench: ## Measure, and compare with git and others: six minutes; LARGE=1: 50,000 files too, as root.
	@bash hack/control-plane.sh assets >/dev/null
	@bash hack/postgres.sh assets >/dev/null
	@bash hack/lfs-server.sh assets >/dev/null
	@command -v git >/dev/null || bash hack/apt.sh git
	@command -v gcc >/dev/null || bash hack/apt.sh gcc libc6-dev zlib1g-dev
	dotnet run --configuration Release --project bench/Operator.Benchmarks -- $(BENCH) $(if $(LARGE),--large)

clean: ## Remove what was built here; the servers in ~/.cache/coderepo-operator stay.
	rm -rf artifacts TestResults src/*/bin src/*/obj tests/*/bin tests/*/obj bench/*/bin bench/*/obj
