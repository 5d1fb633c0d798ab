# expect: literal-path 2
if (Test-Path 'plan.json') { Write-Host 'x' }
# repaired 2: if (Test-Path -LiteralPath 'plan.json') { Write-Host 'x' }
