# expect: json-depth 2
Write-Host (ConvertTo-Json -InputObject @{ a = 1 })
# repaired 2: Write-Host (ConvertTo-Json -Depth 3 -InputObject @{ a = 1 })
