# expect: unused-variable 2
$size = 1
Write-Host 'x'
# repaired 3: Write-Host $size
