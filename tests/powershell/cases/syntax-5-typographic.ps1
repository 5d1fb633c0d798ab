# expect: syntax 2
Write-Host 'it’s here'
# repaired 2: Write-Host 'it’’s here'
