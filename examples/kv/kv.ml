let usage = "usage: kv list | get KEY | put KEY VALUE | remove KEY"

let refuse code message =
  prerr_endline ("kv: " ^ message);
  exit code

let () =
  let store = Store.on (Block.attach "storage") in
  let absent key = refuse 1 (Printf.sprintf "there is no `%s`" key) in
  match List.tl (Array.to_list Sys.argv) with
  | [ "list" ] -> List.iter (fun (key, value) -> Printf.printf "%s = %s\n" key value) (Store.all store)
  | [ "get"; key ] -> (
    match Store.get store key with Some value -> print_endline value | None -> absent key)
  | [ "put"; ""; _ ] -> refuse 2 "a key has letters"
  | [ "put"; key; value ] -> (
    match Store.put store key value with
    | Ok () -> ()
    | Error (Store.Too_long most) ->
      refuse 1 (Printf.sprintf "a key and its value have %d letters at most" most)
    | Error Store.Full -> refuse 1 "the device is full")
  | [ "remove"; key ] -> if not (Store.remove store key) then absent key
  | _ ->
    prerr_endline usage;
    exit 2
