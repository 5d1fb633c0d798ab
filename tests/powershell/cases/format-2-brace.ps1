# expect: format 2
Write-Host ('{ "name": "{0}" }' -f $HOME)
# repaired 2: Write-Host ('{{ "name": "{0}" }}' -f $HOME)
