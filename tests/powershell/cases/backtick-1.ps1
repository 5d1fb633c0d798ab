# expect: backtick 2
Write-Host 'a' `
    -NoNewline
# repaired 2: Write-Host 'a'
# repaired 3:     # nothing
