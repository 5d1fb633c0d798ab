# expect: switch-value 2
Write-Host 'x' -NoNewline $true
# repaired 2: Write-Host 'x' -NoNewline:$true
