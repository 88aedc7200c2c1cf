using System.Collections;
using Mono.Cecil;

namespace CodeRepoOperator.Layering;

/// <summary>The types that a type and those nested in it name, each as its outermost type; some more than once.</summary>
internal sealed class UsedTypes(TypeDefinition type) : IEnumerable<TypeReference>
{
    /// <inheritdoc />
    public IEnumerator<TypeReference> GetEnumerator() =>
        WithNested(type).SelectMany(Of).SelectMany(Parts).Select(Outermost).GetEnumerator();

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private static IEnumerable<TypeReference?> Of(TypeDefinition type) =>
        [
            type.BaseType,
            .. type.Interfaces.Select(one => one.InterfaceType),
            .. WithAttributes(type).SelectMany(one => one.CustomAttributes).SelectMany(Of),
            .. type.Fields.Select(one => one.FieldType),
            .. type.GenericParameters.SelectMany(one => one.Constraints).Select(one => one.ConstraintType),
            .. type.Methods.SelectMany(Of),
        ];

    private static IEnumerable<ICustomAttributeProvider> WithAttributes(TypeDefinition type) =>
        [type, .. type.Fields, .. type.Properties, .. type.Events, .. type.Methods, .. type.Methods.SelectMany(one => one.Parameters)];

    private static IEnumerable<TypeReference?> Of(CustomAttribute attribute) =>
        attribute
            .ConstructorArguments.Concat(attribute.Properties.Select(one => one.Argument))
            .SelectMany(Of)
            .Prepend(attribute.AttributeType);

    private static IEnumerable<TypeReference?> Of(CustomAttributeArgument argument) =>
        argument.Value switch
        {
            TypeReference used => [used],
            CustomAttributeArgument inner => Of(inner),
            CustomAttributeArgument[] several => several.SelectMany(Of),
            _ => [],
        };

    private static IEnumerable<TypeReference?> Of(MethodDefinition method)
    {
        TypeReference?[] declared =
        [
            .. OfSignature(method),
            .. method.GenericParameters.SelectMany(one => one.Constraints).Select(one => one.ConstraintType),
        ];
        return !method.HasBody
            ? declared
            :
            [
                .. declared,
                .. method.Body.Variables.Select(one => one.VariableType),
                .. method.Body.ExceptionHandlers.Select(one => one.CatchType),
                .. method.Body.Instructions.SelectMany(one => OfOperand(one.Operand)),
            ];
    }

    private static IEnumerable<TypeReference?> OfSignature(MethodReference method) =>
        [
            method.DeclaringType,
            method.ReturnType,
            .. method.Parameters.Select(one => one.ParameterType),
            .. method is GenericInstanceMethod generic ? generic.GenericArguments : [],
        ];

    private static IEnumerable<TypeReference?> OfOperand(object? operand) =>
        operand switch
        {
            TypeReference used => [used],
            MethodReference method => OfSignature(method),
            FieldReference field => [field.DeclaringType, field.FieldType],
            _ => [],
        };

    private static IEnumerable<TypeReference> Parts(TypeReference? used) =>
        used switch
        {
            null or GenericParameter => [],
            GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
            TypeSpecification other => Parts(other.ElementType),
            _ => [used],
        };

    private static TypeReference Outermost(TypeReference used) => used.DeclaringType is { } outer ? Outermost(outer) : used;
}
