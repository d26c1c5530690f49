#!/bin/sh
# The C compiler of programs that bring musl along: nothing of the host's C library is seen.
top=${0%/*}/..
link=yes
for word do
  case $word in
    -c | -S | -E | -M | -MM) link= ;;
    -r) link=partial ;;
  esac
done
case $link in
  yes)
    lib=$top/lib/musl
    set -- -static -no-pie -nostdlib -L "$lib" "$lib/crt1.o" "$lib/crti.o" "$@" \
      -Wl,--start-group -lc -lgcc -lgcc_eh -Wl,--end-group "$lib/crtn.o" -z noexecstack
    ;;
  partial) set -- -nostdlib "$@" ;;
esac
exec @cc@ -nostdinc -isystem "$top/include/musl" -isystem "$top/include/cc" "$@"
