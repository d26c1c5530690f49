type t = Block.t
type refusal = Too_long of int | Full

let on device = device
let header = 4

let pair sector =
  match Bytes.get_uint16_be sector 0, Bytes.get_uint16_be sector 2 with
  | 0, _ -> None
  | key, value when header + key + value <= Bytes.length sector ->
    Some (Bytes.sub_string sector header key, Bytes.sub_string sector (header + key) value)
  | _ -> None

(* The first sector for which the pair in it is as wanted. *)
let find store wanted =
  let rec look sector =
    if sector = store.Block.sectors then None
    else
      let found = pair (Block.read store sector) in
      if wanted found then Some (sector, found) else look (sector + 1)
  in
  look 0

let has key = function Some (its, _) -> its = key | None -> false

let get store key =
  match find store (has key) with Some (_, Some (_, value)) -> Some value | _ -> None

let put store key value =
  let size = store.Block.sector_size in
  let place =
    match find store (has key) with None -> find store (fun pair -> pair = None) | found -> found
  in
  match place with
  | _ when header + String.length key + String.length value > size -> Error (Too_long (size - header))
  | None -> Error Full
  | Some (sector, _) ->
    let bytes = Bytes.make size '\000' in
    Bytes.set_uint16_be bytes 0 (String.length key);
    Bytes.set_uint16_be bytes 2 (String.length value);
    Bytes.blit_string key 0 bytes header (String.length key);
    Bytes.blit_string value 0 bytes (header + String.length key) (String.length value);
    Block.write store sector bytes;
    Ok ()

let remove store key =
  match find store (has key) with
  | None -> false
  | Some (sector, _) ->
    Block.write store sector (Bytes.make store.Block.sector_size '\000');
    true

let all store =
  let sectors = List.init store.Block.sectors (fun sector -> pair (Block.read store sector)) in
  List.sort compare (List.filter_map Fun.id sectors)
