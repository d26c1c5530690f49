let () =
  let name = if Array.length Sys.argv > 1 then Sys.argv.(1) else "world" in
  print_endline (Greet.framed (Printf.sprintf "Hello, %s!" name))
