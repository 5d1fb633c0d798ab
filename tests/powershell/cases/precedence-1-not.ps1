# expect: precedence 3
$a = 1
if (-not $a -eq 2) { Write-Host 'x' }
# repaired 3: if (-not ($a -eq 2)) { Write-Host 'x' }
