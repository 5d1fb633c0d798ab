# expect: string-variable 3
$names = @('a', 'b')
Write-Host "first: $names[0]"
# repaired 3: Write-Host "first: $($names[0])"
