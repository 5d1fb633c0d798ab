# expect: precedence 3
$a = 1
if ($a -eq 1 -or $a -eq 2 -and $HOME -ne '') { Write-Host 'x' }
# repaired 3: if (($a -eq 1 -or $a -eq 2) -and $HOME -ne '') { Write-Host 'x' }
