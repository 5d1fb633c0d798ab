# expect: strict-count 2
if ((Get-Module -ListAvailable | Where-Object { $_.Name -eq 'x' }).Count -gt 0) { Write-Host 'x' }
# repaired 2: if (@(Get-Module -ListAvailable | Where-Object { $_.Name -eq 'x' }).Count -gt 0) { Write-Host 'x' }
