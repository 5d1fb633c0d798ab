# expect: unset-variable 2
Write-Host $missing
# repaired 2: Write-Host $HOME
