#!/bin/sh
# The C compiler of unikernels. `-z solo5-abi=ABI` names the bindings to link with; those that a link
# without it gets do nothing, and serve configure scripts.
top=${0%/*}/..
link=yes abi=stub z=
for word do
  shift
  if [ "$z" ]; then
    z=
    case $word in
      solo5-abi=*) abi=${word#*=} ;;
      *) set -- "$@" -z "$word" ;;
    esac
    continue
  fi
  case $word in
    -z) z=yes ; continue ;;
    -c | -S | -E) link= ;;
  esac
  set -- "$@" "$word"
done
if [ "$link" ]; then
  set -- -Wl,--build-id=none -nostdlib -static -no-pie -L "$top/lib/@triple@" \
    -Wl,-T,"solo5_$abi.lds" -l ":solo5_$abi.o" -z max-page-size=0x1000 -z noexecstack "$@"
fi
exec @cc@ -nostdinc @bare@ -isystem "$top/include/@triple@" \
  -I "$top/include/solo5" -ffreestanding -fstack-protector-strong -fno-pie "$@"
