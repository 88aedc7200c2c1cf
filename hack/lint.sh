#!/usr/bin/env bash
# Checks the format of the code and the generated files, and changes nothing. `make format` and `make generate` mend what it finds.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/messages.sh
source hack/messages.sh

bash hack/generate.sh --check
dotnet tool restore >/dev/null
dotnet csharpier check . || { say "run make format"; exit 1; }
dotnet format Operator.sln --verify-no-changes

# What no formatter breaks: comments and texts. Raw string literals are what they are.
long=$(git ls-files -z '*.cs' | LC_ALL=C xargs -0 awk '
  FNR == 1 { raw = 0 }
  {
    quotes = gsub(/"""/, "&")
    characters = $0
    gsub(/[\200-\277]/, "", characters) # UTF-8: a character counts once.
  }
  length(characters) > 140 && !raw && !quotes { print FILENAME ":" FNR ": " length(characters) " columns" }
  quotes % 2 { raw = !raw }')
[ -z "$long" ] || { say "these lines have more than 140 columns:"; printf '%s\n' "$long"; exit 1; }
