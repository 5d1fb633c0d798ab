function Get-SecuDocNames {
    [CmdletBinding()]
    param()
    $names = [System.Collections.Generic.List[object]]::new()
    $names.Add('a')
    $table = @{ a = 1 }
    $table.Remove('a')
    Write-Host 'x'
    $null = New-Item -ItemType Directory -Path 'x'
    New-Item -ItemType Directory -Path 'y' | Out-Null
    [void]$names.Remove('a')
    foreach ($name in $names) { Write-SecuDocName $name }
    $rules = @(Get-TransportRule -ResultSize Unlimited -ErrorAction Stop)
    $i = 0
    $i++
    return @($rules.Count, $i, $table)
}
function Write-SecuDocName {
    [CmdletBinding()]
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Name)
    Write-Host $Name
}
Write-SecuDocName -Name ''
Write-Host (Get-SecuDocNames)
