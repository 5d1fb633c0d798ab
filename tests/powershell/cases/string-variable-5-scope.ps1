# expect: string-variable 3
$name = 'a'
Write-Host "$name:b" -Separator $name
# repaired 3: Write-Host "${name}:b" -Separator $name
