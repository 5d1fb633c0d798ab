# expect: string-variable 3
$name = 'a'
Write-Host 'the name is $name' -Separator $name
# repaired 3: Write-Host "the name is $name" -Separator $name
