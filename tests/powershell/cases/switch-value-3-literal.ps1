# expect: wrong-value 2
Write-Host 'x' -NoNewline:'yes'
# repaired 2: Write-Host 'x' -NoNewline:$false
