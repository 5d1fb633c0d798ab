# expect: string-variable 3
$name = 'a'
Write-Host "$name: b"
# repaired 3: Write-Host "${name}: b"
