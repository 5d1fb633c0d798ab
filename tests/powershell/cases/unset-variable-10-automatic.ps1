# expect: unset-variable 2
foreach ($input in @('a')) { Write-Host 'x' }
# repaired 2: foreach ($name in @('a')) { Write-Host $name }
