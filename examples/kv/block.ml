external open_device : string -> int * int = "block_open"
external read_into : int -> bytes -> unit = "block_read"
external write_sector : int -> bytes -> unit = "block_write"

type t = { sector_size : int; sectors : int }

let attach name =
  let sector_size, sectors = open_device name in
  { sector_size; sectors }

let read device sector =
  let bytes = Bytes.create device.sector_size in
  read_into sector bytes;
  bytes

let write device sector bytes =
  if Bytes.length bytes <> device.sector_size then invalid_arg "Block.write";
  write_sector sector bytes
