#!/bin/sh
# @tool@ for unikernels: the host's own, with the C compiler, the standard library and the runtime of
# this toolchain.
top=${0%/*}/..
lib=$top/lib/ocaml
if [ "$1" = -config ]; then exec cat "$lib/ocaml.config"; fi
exec @tool@ -nostdlib -I "$lib" \
  -cc "\"$top/bin/@triple@-cc\" -isystem \"$top/include/musl\" @c_flags@" "$@"
