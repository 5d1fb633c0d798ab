# expect: assignment-in-condition 2
if ($x = 1) { Write-Host $x }
# repaired 2: $x = 1; if ($x -eq 1) { Write-Host $x }
