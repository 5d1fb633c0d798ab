# expect: syntax 2
Write-Host 'a' )
# repaired 2: Write-Host 'a'
