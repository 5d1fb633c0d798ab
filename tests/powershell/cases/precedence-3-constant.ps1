# expect: precedence 3
$a = 'x'
if ($a -eq 'x' -or 'y') { Write-Host 'x' }
# repaired 3: if ($a -eq 'x' -or $a -eq 'y') { Write-Host 'x' }
