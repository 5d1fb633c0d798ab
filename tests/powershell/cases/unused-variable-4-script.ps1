# expect: unused-variable 2
$script:Size = 1
Write-Host 'x'
# repaired 3: Write-Host $script:Size
