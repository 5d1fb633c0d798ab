# expect: assignment-in-condition 3
$x = 0
while ($x = $x - 1) { Write-Host $x }
# repaired 3: while ($x -lt 0) { Write-Host $x }
