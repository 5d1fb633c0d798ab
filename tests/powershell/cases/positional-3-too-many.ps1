# expect: positional 2
Write-Warning 'a' 'b'
# repaired 2: Write-Warning 'a b'
