# expect: outside-of-loop 3
$names = @('a', 'b')
$names | ForEach-Object { if ($_ -eq 'a') { continue } Write-Host $_ }
# repaired 3: $names | ForEach-Object { if ($_ -ne 'a') { Write-Host $_ } }
