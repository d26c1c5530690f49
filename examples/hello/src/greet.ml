external length : string -> int = "greet_length"

let framed text =
  let edge = String.make (length text + 2) '-' in
  Printf.sprintf "+%s+\n| %s |\n+%s+" edge text edge
