# expect: literal-path 2
Get-Content -Path 'plan.json' -Raw
# repaired 2: Get-Content -LiteralPath 'plan.json' -Raw
