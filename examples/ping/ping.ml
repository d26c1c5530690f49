external open_device : string -> string * int = "net_open"
external read : bytes -> int = "net_read"
external write : bytes -> int -> unit = "net_write"

let rec serve host frame left =
  if left <> Some 0 then (
    let size = read frame in
    let answer = Answer.answer host frame size in
    if answer <> Nothing then write frame size;
    match answer with
    | Echo from ->
      Printf.printf "answered %s\n%!" (Answer.show from);
      serve host frame (Option.map pred left)
    | Nothing | Arp -> serve host frame left)

let () =
  let refuse () =
    prerr_endline "usage: ping ADDRESS [COUNT]";
    exit 2
  in
  let text, left =
    match Sys.argv with
    | [| _; text |] -> text, None
    | [| _; text; count |] -> (
      match int_of_string_opt count with Some count when count > 0 -> text, Some count | _ -> refuse ())
    | _ -> refuse ()
  in
  match Answer.read text with
  | None -> refuse ()
  | Some address ->
    let hardware, mtu = open_device "service" in
    let header = 14 in
    Printf.printf "%s is here\n%!" (Answer.show address);
    serve { hardware; address } (Bytes.create (mtu + header)) left
