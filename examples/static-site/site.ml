(* The pages that are asked for, or a list of all. *)

let page name =
  match Filesystem_pages.read name with
  | Some text -> print_string text
  | None ->
    Printf.eprintf "there is no page `%s`\n%!" name;
    exit 1

let size name =
  match Filesystem_pages.size name with
  | Some bytes -> bytes
  | None -> 0L

let main () =
  match Array.to_list Sys.argv with
  | _ :: (_ :: _ as names) -> List.iter page names
  | _ ->
    let line name = Printf.printf "%-16s %4Ld bytes\n" name (size name) in
    List.iter line Filesystem_pages.file_list
