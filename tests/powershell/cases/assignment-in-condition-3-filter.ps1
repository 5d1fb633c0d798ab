# expect: assignment-in-condition 2
Get-Module -ListAvailable | Where-Object { $_.Name = 'x' }
# repaired 2: Get-Module -ListAvailable | Where-Object { $_.Name -eq 'x' }
