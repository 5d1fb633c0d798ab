# expect: format 2
Write-Host ('{0} and {1}' -f 'a')
# repaired 2: Write-Host ('{0} and {1}' -f 'a', 'b')
