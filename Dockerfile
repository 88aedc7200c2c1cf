# syntax=docker/dockerfile:1
# The image by way of a registry, for those who have one: docker build -t registry.example.com/coderepo-operator:0.1.0 .
# For both platforms: docker buildx build --platform linux/amd64,linux/arm64 ...
# hack/image.sh makes the same without a registry and without Docker, and is what is tested.

# The SDK runs on the platform that builds, and compiles for the other one: .NET does not run under an emulator.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /src
COPY . .
RUN bash hack/publish.sh "$TARGETARCH" /app

# No shell, no package manager: libc, libstdc++, OpenSSL and the certificate authorities. No ICU, no time zones.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
ARG VERSION=0.1.0 REVISION=unknown
LABEL org.opencontainers.image.title="coderepo-operator" \
      org.opencontainers.image.description="Keeps a clone of every git repository you name on a persistent volume." \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.url="https://github.com/coderepo-operator/coderepo-operator" \
      org.opencontainers.image.source="https://github.com/coderepo-operator/coderepo-operator" \
      org.opencontainers.image.documentation="https://github.com/coderepo-operator/coderepo-operator/blob/main/README.md"
COPY LICENSE /usr/share/doc/coderepo-operator/
COPY --from=build /app /app
ENV PATH=/app DOTNET_EnableDiagnostics=0
USER 65532:65532
WORKDIR /
EXPOSE 8080 8081
ENTRYPOINT ["/app/coderepo-operator"]
