# expect: string-variable 3
$plan = Get-Module -Name 'x'
Write-Host "module $plan.Name of $HOME"
# repaired 3: Write-Host "module $($plan.Name) of $HOME"
