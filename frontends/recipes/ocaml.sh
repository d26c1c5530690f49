#!/bin/sh
# A compiler of OCaml with the C compiler, the standard library and the runtime of this toolchain.
top=${0%/*}/..
lib=$top/lib/ocaml
if [ "$1" = -config ]; then exec cat "$lib/ocaml.config"; fi
export OCAMLLIB="$lib"
exec @tool@ -cc "\"$top/bin/@cc@\" @flags@" "$@"
