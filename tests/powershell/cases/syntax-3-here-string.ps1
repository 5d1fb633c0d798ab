# expect: syntax 3
$name = 'x'
Write-Host @"
$name
"@
# repaired 3: Write-Host (@(
# repaired 5: ) -join '')
