# expect: missing-value 2
Write-Host -Object
# repaired 2: Write-Host -Object 'x'
