# expect: alias 2
Get-Module -ListAvailable | foreach { $_.Name }
# repaired 2: Get-Module -ListAvailable | ForEach-Object { $_.Name }
