# expect: unknown-command 2
write-host 'x'
# repaired 2: Write-Host 'x'
