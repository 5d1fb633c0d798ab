# expect: allowed-parameters 3
$script:AllowedParameters = @{
    'New-TransportRule' = @('Name', 'FromScop')
}
function Select-SecuDocParameter {
    [CmdletBinding()]
    param([string]$Command, [object]$From)
    return @{ Name = $script:AllowedParameters[$Command]; From = $From }
}
function New-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param([object]$Rule)
    $new = Select-SecuDocParameter -Command 'New-TransportRule' -From $Rule
    if ($PSCmdlet.ShouldProcess('rule', 'create')) { New-TransportRule @new -ErrorAction Stop }
}
New-SecuDocRule -Rule @{}
# repaired 3:     'New-TransportRule' = @('Name', 'FromScope')
