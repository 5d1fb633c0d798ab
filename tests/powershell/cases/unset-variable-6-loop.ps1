# expect: unset-variable 3
foreach ($name in @('a', 'b')) { $last = $name }
Write-Host $last
# repaired 2: $last = ''; foreach ($name in @('a', 'b')) { $last = $name }
