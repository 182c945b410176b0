# From one line a mutant (rule, kind, fate, what is wrong, who found it), sorted, to the table of
# fates.

function row(name, killed, equivalent, survived, stillborn) {
  printf "%-34s %6d %6d %10d %8d %10d\n", name, killed + equivalent + survived, killed, equivalent,
    survived, stillborn
}

function end_of_rule(    made, allowed) {
  row(rule ", all", killed, equivalent, survived, stillborn)
  print ""
  made = killed + equivalent + survived
  allowed = rule == "rewrite" ? made / 20 : 0
  if (survived > allowed || equivalent > made / 20) failed = 1
  killed = equivalent = survived = stillborn = 0
}

function end_of_kind() {
  row(rule ": " kind, fate["killed"], fate["equivalent"], fate["survived"], fate["stillborn"])
  killed += fate["killed"]; equivalent += fate["equivalent"]
  survived += fate["survived"]; stillborn += fate["stillborn"]
  split("", fate)
}

BEGIN {
  printf "%-34s %6s %6s %10s %8s %10s\n", "", "made", "killed", "equivalent", "survived", "stillborn"
}

NR > 1 && ($1 != rule || $2 != kind) { end_of_kind() }
NR > 1 && $1 != rule { end_of_rule() }
{ rule = $1; kind = $2 }
$3 == "survived" { left = left "survived: " $4 "\n" }
# Listed as equivalent, and yet killed.
$3 == "needless" { left = left "is not equivalent: " $4 "\n"; failed = 1; $3 = "killed" }
{ fate[$3]++ }

END {
  end_of_kind()
  end_of_rule()
  printf "%s", left
  exit failed
}
