let () =
  assert (Greet.length "" = 0);
  assert (Greet.length "na\xc3\xafve" = 5);
  assert (Greet.framed "hi" = "+----+\n| hi |\n+----+");
  print_endline "greet: 3 checks passed"
